import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { LocalCloudError } from '../local-cloud-error.js'
import { makePrivateFolder } from './private-file.js'

/** What a cloud keeps in its folder and believes at the next start. */
const stateNames = new Set(['credentials.json', 'instance.json', 'kms', 'lock', 'oss', 'sts'])

/**
 * Makes a cloud's folder, or takes the one that is there, and closes it to everyone else.
 *
 * Keys and the access key are believed because they lie in it. So a folder of another user's is none to take, and neither is one with a
 * cloud's state that others could have written into. (Systems without owners and modes do without these checks.)
 *
 * @throws {LocalCloudError} `FOLDER_NOT_OWN`
 */
export function makeOwnFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const user = process.getuid?.()
  if (user !== undefined) checkOwn(path, user)
  makePrivateFolder(path)
}

function checkOwn(path: string, user: number): void {
  const { uid, mode } = statSync(path)
  if (uid !== user) {
    const whose = `${path} belongs to the user ${String(uid)}, not to ${String(user)}`
    throw new LocalCloudError('FOLDER_NOT_OWN', `${whose}: name a folder of your own`)
  }
  const othersWrite = (mode & 0o022) !== 0
  if (othersWrite && readdirSync(path).some((name) => stateNames.has(name))) {
    const what = `others may write into ${path}: the keys in it may be theirs`
    throw new LocalCloudError('FOLDER_NOT_OWN', `${what}; chmod 700 it if you know them, or name another folder`)
  }
}
