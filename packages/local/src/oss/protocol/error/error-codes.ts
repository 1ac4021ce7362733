/** What OSS says for an error code unless the place that raises it knows better: status, message, detailed code (EC). */
export interface ErrorCodeFacts {
  readonly status: number
  readonly message: string
  readonly ec?: string
}

const facts = (status: number, message: string, ec?: string): ErrorCodeFacts =>
  ec === undefined ? { status, message } : { status, message, ec }

/** The error codes that this OSS answers with. */
export const ERROR_CODES = {
  AccessForbidden: facts(403, 'CORSResponse: This CORS request is not allowed.'),
  AccessDenied: facts(403, 'You have no right to access this object because of bucket acl.', '0003-00000001'),
  BucketNotEmpty: facts(409, 'The bucket has objects. Please delete them first.', '0015-00000301'),
  CallbackFailed: facts(203, 'The callback failed.', '0007-00000203'),
  EntityTooLarge: facts(400, 'Your proposed upload exceeds the maximum allowed size.'),
  EntityTooSmall: facts(400, 'Your proposed upload is smaller than the minimum allowed size.'),
  FileAlreadyExists: facts(409, 'The object you specified already exists and can not be overwritten.', '0026-00000002'),
  IncompleteBody: facts(400, 'You did not provide the number of bytes specified by the Content-Length HTTP header.'),
  InternalError: facts(500, 'We encountered an internal error. Please try again.'),
  InvalidAccessKeyId: facts(403, 'The OSS Access Key Id you provided does not exist in our records.', '0002-00000902'),
  InvalidArgument: facts(400, 'The argument you provided is invalid.'),
  InvalidBucketName: facts(400, 'The specified bucket is not valid.', '0015-00000001'),
  InvalidDigest: facts(400, 'The Content-MD5 you specified was invalid.'),
  InvalidEncodingType: facts(400, 'Invalid Encoding Method specified in Request.'),
  InvalidEncryptionAlgorithmError: facts(
    400,
    'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
  ),
  InvalidObjectName: facts(400, 'The specified object is not valid.'),
  InvalidObjectState: facts(403, "The operation is not valid for the object's state", '0016-00000404'),
  InvalidPart: facts(
    400,
    "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
  ),
  InvalidPartOrder: facts(400, 'The list of parts was not in ascending order.'),
  InvalidRange: facts(416, 'The requested range cannot be satisfied.'),
  InvalidRequest: facts(400, 'The request is invalid.'),
  InvalidSecurityToken: facts(403, 'The security token you provided is invalid.', '0002-00000006'),
  InvalidTag: facts(400, 'The tag you provided is invalid.'),
  InvalidTargetType: facts(400, 'The target type is invalid.'),
  InvalidURI: facts(400, "Couldn't parse the specified URI."),
  MalformedXML: facts(
    400,
    'The XML you provided was not well-formed or did not validate against our published schema.',
    '0042-00000205',
  ),
  MethodNotAllowed: facts(405, 'The specified method is not allowed against this resource.', '0003-00000016'),
  MissingArgument: facts(400, 'Missing Some Required Arguments.'),
  MissingContentLength: facts(411, 'You must provide the Content-Length HTTP header.'),
  NoSuchBucket: facts(404, 'The specified bucket does not exist.', '0015-00000101'),
  NoSuchCORSConfiguration: facts(404, 'The CORS configuration does not exist.', '0034-00000001'),
  NoSuchInventory: facts(404, 'The inventory configuration does not exist.'),
  NoSuchKey: facts(404, 'The specified key does not exist.', '0026-00000001'),
  NoSuchServerSideEncryptionRule: facts(404, 'The server side encryption rule does not exist.'),
  NoSuchUpload: facts(
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    '0042-00000002',
  ),
  NoSuchVersion: facts(404, 'The specified version does not exist.'),
  NotImplemented: facts(501, 'A header or query you provided implies functionality that is not implemented.'),
  NotSymlink: facts(400, 'The object is not symlink.'),
  ObjectNotAppendable: facts(409, 'The object is not appendable'),
  OperationNotSupported: facts(400, 'The operation is not supported for this resource'),
  PartNotSequential: facts(400, 'The parts of a sequential upload have to be uploaded one after the other.'),
  PositionNotEqualToLength: facts(409, 'Position is not equal to file length', '0026-00000016'),
  PreconditionFailed: facts(412, 'At least one of the pre-conditions you specified did not hold.', '0017-00001001'),
  RequestTimeTooSkewed: facts(
    403,
    'The difference between the request time and the current time is too large.',
    '0002-00000504',
  ),
  RequestTimeout: facts(
    400,
    'Your socket connection to the server was not read from or written to within the timeout period.',
  ),
  RestoreAlreadyInProgress: facts(409, 'The restore operation is in progress.'),
  SecurityTokenExpired: facts(403, 'The security token you provided has expired.', '0002-00000007'),
  ServiceUnavailable: facts(503, 'Thread pool is almost full, please retry later'),
  SignatureDoesNotMatch: facts(
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    '0002-00000040',
  ),
  SymlinkTargetNotExist: facts(404, 'The symlink target object does not exist.'),
  TotalQpsLimitExceeded: facts(503, 'Max total qps limit is exceeded', '0004-00000302'),
} as const satisfies Record<string, ErrorCodeFacts>

export type OssErrorCode = keyof typeof ERROR_CODES

/** The code that goes with a status when a fault names none. */
export function usualCodeOf(status: number): string {
  const usual: Record<number, OssErrorCode> = {
    400: 'InvalidArgument',
    403: 'AccessDenied',
    404: 'NoSuchKey',
    405: 'MethodNotAllowed',
    409: 'FileAlreadyExists',
    411: 'MissingContentLength',
    412: 'PreconditionFailed',
    416: 'InvalidRange',
    501: 'NotImplemented',
    503: 'ServiceUnavailable',
  }
  return usual[status] ?? (status < 500 ? 'InvalidArgument' : 'InternalError')
}
