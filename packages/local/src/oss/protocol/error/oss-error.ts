import { ERROR_CODES, type ErrorCodeFacts, type OssErrorCode } from './error-codes.js'
import { writeXml } from '../xml/write-xml.js'

/** What an error says beyond its code. */
export interface OssErrorDetails {
  readonly status?: number
  readonly message?: string
  readonly ec?: string
  /** Elements that OSS adds to the error's XML: `Key`, `BucketName`, `Condition`, ... */
  readonly elements?: Readonly<Record<string, string | number>>
  readonly headers?: Readonly<Record<string, string>>
}

/** An error as OSS answers it. */
export class OssError extends Error {
  override readonly name = 'OssError'
  readonly code: string
  readonly status: number
  readonly ec: string | undefined
  readonly elements: Readonly<Record<string, string | number>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: OssErrorCode, details: OssErrorDetails = {}) {
    const facts: ErrorCodeFacts = ERROR_CODES[code]
    super(details.message ?? facts.message)
    this.code = code
    this.status = details.status ?? facts.status
    this.ec = details.ec ?? facts.ec
    this.elements = details.elements ?? {}
    this.headers = details.headers ?? {}
  }
}

/** An error with any status and code, for faults. */
export interface AnyError {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly ec?: string | undefined
  readonly elements?: Readonly<Record<string, string | number>>
}

/** The XML of an error. */
export function writeErrorXml(error: AnyError, requestId: string, hostId: string): string {
  const { code, message, ec, elements } = error
  const recommended = ec === undefined ? undefined : `https://api.aliyun.com/troubleshoot?q=${ec}`
  return writeXml('Error', {
    Code: code,
    Message: message,
    RequestId: requestId,
    HostId: hostId,
    ...elements,
    EC: ec,
    RecommendDoc: recommended,
  })
}
