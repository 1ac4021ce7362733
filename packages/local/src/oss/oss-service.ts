import type { LocalService, ServiceOptions } from '../http/service.js'
import { answerRequest } from './protocol/answer-request.js'
import { LIKELIER, type OssGuesses } from './protocol/guesses.js'
import { isBucketName } from './protocol/request/bucket-name.js'
import { wholeSecond } from './protocol/request/oss-call.js'
import { LocalBackend } from './storage/local-backend.js'

/** What the local OSS is made from. */
export interface OssServiceOptions extends ServiceOptions {
  /** Buckets that exist from the start, whether or not they did before. */
  readonly buckets?: readonly string[]
  /** The region, such as `cn-hangzhou`. When it is given, version 4 signatures must be for it; else they may be for any. */
  readonly region?: string
  /** Other guesses than the likelier ones. */
  readonly guesses?: Partial<OssGuesses> | undefined
}

/**
 * Opens the local OSS in its folder.
 *
 * @throws RangeError when a bucket's name is not one that OSS accepts.
 */
export async function createOssService(options: OssServiceOptions): Promise<LocalService> {
  const backend = new LocalBackend(options.folder)
  for (const name of options.buckets ?? []) {
    if (!isBucketName(name)) throw new RangeError(`not a bucket name: ${name}`)
    if ((await backend.findBucket(name)) !== null) continue
    const createdMs = wholeSecond(options.now())
    await backend.createBucket({ name, createdMs, acl: 'private', storageClass: 'Standard' })
  }
  const protocol = { ...options, guesses: { ...LIKELIER, ...options.guesses }, backend }
  return {
    handle: (request, response) => answerRequest(protocol, request, response),
    close: () => backend.close(),
  }
}
