// node plain-pipeline.mjs encrypt|decrypt FILE: what one writes without a library. What comes out goes nowhere, and nothing is verified.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const [, , direction, path = ''] = process.argv
const key = randomBytes(32)
const iv = randomBytes(12)
const cipher =
  direction === 'encrypt'
    ? createCipheriv('aes-256-gcm', key, iv)
    : createDecipheriv('aes-256-ctr', key, randomBytes(16))
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
await pipeline(createReadStream(path), cipher, nowhere)
