import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessKey } from '../http/service.js'
import { LocalCloudError } from '../local-cloud-error.js'
import { writePrivateFile } from './private-file.js'
import { randomText } from './random-text.js'

/** The file, in a cloud's folder, that keeps the access key of who runs it. */
export function accessKeyPath(folder: string): string {
  return join(folder, 'credentials.json')
}

/**
 * The folder's own access key: made at random the first time, and kept in a file that only the user may read.
 *
 * @throws {LocalCloudError} `STATE_UNREADABLE` when the file is there and holds no access key.
 */
export function defaultAccessKey(folder: string): AccessKey {
  const path = accessKeyPath(folder)
  if (existsSync(path)) return readAccessKey(path)
  const accessKey = { accessKeyId: `LOCAL${randomText(19)}`, accessKeySecret: randomText(30) }
  writePrivateFile(path, `${JSON.stringify(accessKey, undefined, 2)}\n`)
  return accessKey
}

function readAccessKey(path: string): AccessKey {
  let cause: unknown
  try {
    const { accessKeyId, accessKeySecret } = JSON.parse(readFileSync(path, 'utf8')) as Partial<AccessKey>
    if (
      typeof accessKeyId === 'string' &&
      accessKeyId !== '' &&
      typeof accessKeySecret === 'string' &&
      accessKeySecret !== ''
    ) {
      return { accessKeyId, accessKeySecret }
    }
  } catch (error) {
    cause = error
  }
  throw new LocalCloudError('STATE_UNREADABLE', `${path} is damaged or cannot be read`, { cause })
}
