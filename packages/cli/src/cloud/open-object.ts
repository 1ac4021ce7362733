import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { messageForm, type MessageForm } from 'osscrypt'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { describeLocation, parseLocation, parseObject } from '../location.js'
import { FileStore } from './file-store.js'
import { openSession } from './session.js'

/** An object in OSS, or in files here, and what reads it. */
export interface OpenedObject {
  /** As it is shown. */
  readonly object: string
  readonly client: OssEncryptionClient
  readonly key: string
  /** The key that it is to be bound to: of a file, where none was given, the one that it says itself. */
  readonly expectedKey: string | undefined
  /** Of a file that begins like a message. */
  readonly form: MessageForm | undefined
}

/** @throws CommandError for what is neither an object nor a file. */
export async function openObject(context: CommandContext, name: string): Promise<OpenedObject> {
  const location = parseLocation(name)
  const expectedKey = context.flags.text('expectedKey')
  const metadata = context.flags.text('metadata')
  if (location.kind === 'pipe') throw usageError('a file, or an object in OSS, is looked at, and no pipe')
  if (location.kind === 'oss') {
    if (metadata !== undefined) throw usageError('--metadata goes with a file: OSS has it with the object')
    const { bucket, key } = parseObject(name)
    const session = await openSession(context)
    return {
      object: describeLocation(location),
      client: await session.client(bucket),
      key,
      expectedKey,
      form: undefined,
    }
  }
  const form = await formOf(location.path)
  const session = await openSession(context)
  const key = basename(location.path)
  const client = session.clientOf(new FileStore({ body: location.path, metadata }))
  const { encryptionContext } = (await client.head(key, { signal: context.signal })).encryption
  return { object: location.path, client, key, expectedKey: expectedKey ?? encryptionContext['osscrypt:object'], form }
}

async function formOf(path: string): Promise<MessageForm | undefined> {
  // A pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile()) throw usageError(`${path} is not a file`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
    return messageForm(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}
