import { NAMES as ENVELOPE_NAMES, WRITTEN_PREFIX } from '../format/envelope-metadata.js'
import { META, OLD_PREFIX, PREFIX } from '../format/oss-sdk-ctr/envelope-names.js'

/** A rule of a bucket's CORS, as OSS has it: lists of one or more. */
export interface CorsRule {
  readonly allowedOrigin: readonly string[]
  readonly allowedMethod: readonly string[]
  readonly allowedHeader: readonly string[]
  readonly exposeHeader: readonly string[]
  readonly maxAgeSeconds: number
}

/** What is read of every answer: which object it is, which bytes of it, what OSS stored. */
const ANSWER_HEADERS = [
  'ETag',
  'Content-Length',
  'Content-Range',
  'Content-Encoding',
  'Content-Disposition',
  'Last-Modified',
  'x-oss-request-id',
  'x-oss-hash-crc64ecma',
  'x-oss-version-id',
  'x-oss-storage-class',
  'x-oss-object-type',
  'x-oss-server-side-encryption',
  'x-oss-server-side-encryption-key-id',
  'x-oss-tagging-count',
]

/** What the OSS SDKs' own encryption writes beside a body. */
const OSS_SDK_HEADERS = [
  ...['key', 'start', 'cek-alg', 'wrap-alg', 'matdesc', 'unencrypted-content-length', 'unencrypted-content-md5'],
  ...['data-size', 'part-size'],
].map((name) => `${PREFIX}${name}`)

/** What their SDK for Python wrote before version 2.11.0. */
const OLD_OSS_SDK_HEADERS = [
  ...['key', 'start'].map((name) => `${OLD_PREFIX}${name}`),
  ...['oss-cek-alg', 'oss-wrap-alg', 'unencrypted-content-length', 'unencrypted-content-md5'].map(
    (name) => `${META}${name}`,
  ),
]

/**
 * The rule that lets pages of these origins work with a bucket's objects. OSS exposes headers one by one, and takes no `*` for them: one that is missing
 * here is not there for the page.
 *
 * @param origins Such as `https://app.example.com`.
 * @param metadata Names of the user metadata that the pages read, without `x-oss-meta-`.
 */
export function corsRule(origins: readonly string[], metadata: readonly string[] = []): CorsRule {
  return {
    allowedOrigin: [...origins],
    allowedMethod: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    allowedHeader: ['*'],
    exposeHeader: [
      ...ANSWER_HEADERS,
      ...ENVELOPE_NAMES.map((name) => `${WRITTEN_PREFIX}${name}`),
      ...ENVELOPE_NAMES.map((name) => `${META}${name}`),
      ...OSS_SDK_HEADERS,
      ...OLD_OSS_SDK_HEADERS,
      ...metadata.map((name) => `${META}${name}`),
    ],
    maxAgeSeconds: 3600,
  }
}
