import type { JobQueue, QueueAddress } from 'osscrypt-jobs/queue'
import { readOwnFile } from 'osscrypt/files'
import { usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { nonEmpty } from '../non-empty.js'

type Told = Pick<CommandContext, 'flags' | 'env'>

const MAX_CERTIFICATE_LENGTH = 1024 * 1024

/** Where jobs are queued. @throws CommandError when nobody says it. */
export async function readQueueAddress({ flags, env }: Told): Promise<QueueAddress> {
  const url = flags.text('queue') ?? nonEmpty(env['OSSCRYPT_QUEUE'])
  if (url === undefined)
    throw usageError('no queue', 'say where Redis is: redis://HOST:PORT, in OSSCRYPT_QUEUE or with --queue')
  return {
    url,
    name: flags.text('queueName'),
    cluster: flags.on('queueCluster'),
    ca: await readCertificate(flags.text('queueCa')),
  }
}

/** Calls with an open queue. */
export async function withQueue<Result>(told: Told, use: (queue: JobQueue) => Promise<Result>): Promise<Result> {
  const address = await readQueueAddress(told)
  const { openQueue } = await import('osscrypt-jobs/queue')
  const queue = await openQueue(address)
  try {
    return await use(queue)
  } finally {
    await queue.close()
  }
}

async function readCertificate(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  const text = await readOwnFile(path, MAX_CERTIFICATE_LENGTH, { followLinks: true })
  if (text === null) throw usageError(`there is no file ${path} with the certificate of Redis`)
  return text
}
