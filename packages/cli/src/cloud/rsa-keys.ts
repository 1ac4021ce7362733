import { RsaDataKeyProvider, type RsaKeyOptions } from 'osscrypt'
import { readOwnFile } from 'osscrypt/files'
import { usageError } from '../command-error.js'
import type { Settings } from '../config/settings.js'

/** Longer than any RSA key. */
const MAX_KEY_LENGTH = 64 * 1024

/**
 * The RSA keys that were named, each a file with a key as PEM or JWK: a private one opens and wraps, a public one wraps only.
 *
 * @returns undefined when none was named.
 * @throws CommandError when there is no such file; TypeError for what is no RSA key. Nothing of it is in the text.
 */
export async function readRsaKeys({ rsaKeys, rsaPassphrase }: Settings): Promise<RsaDataKeyProvider | undefined> {
  if (rsaKeys.length === 0) return undefined
  const read = async (path: string): Promise<RsaKeyOptions> => {
    const text = await readOwnFile(path, MAX_KEY_LENGTH, { followLinks: true })
    if (text === null) throw usageError(`there is no file ${path} with an RSA key`)
    try {
      const options = keyOptions(text, rsaPassphrase)
      // One that is none is told with its file.
      new RsaDataKeyProvider(options)
      return options
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw usageError(`${path} holds no RSA key that can be used: ${error.message}`, PASSPHRASE_HINT)
    }
  }
  return new RsaDataKeyProvider(await Promise.all(rsaKeys.map(read)))
}

const PASSPHRASE_HINT = 'a key as PEM or JWK; the passphrase of an encrypted one is read from OSSCRYPT_RSA_PASSPHRASE'

function keyOptions(text: string, passphrase: string | undefined): RsaKeyOptions {
  if (text.trimStart().startsWith('{')) {
    const jwk = parseJwk(text)
    return 'd' in jwk ? { privateKey: jwk } : { publicKey: jwk }
  }
  return text.includes('PRIVATE KEY-----') ? { privateKey: text, passphrase } : { publicKey: text }
}

function parseJwk(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>
  } catch {
    throw new TypeError('it begins like a JWK, and is no JSON')
  }
}
