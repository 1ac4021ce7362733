import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandError } from '../command-error.js'
import { readOptions } from '../command-options.js'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { asFolder, describeLocation, parseObject, parsePrefix, type ObjectLocation } from '../location.js'
import { runInParallel } from '../run-in-parallel.js'
import { count } from '../terminal/amounts.js'
import { printable } from '../terminal/printable.js'

export const verify: CommandSpec = {
  name: 'verify',
  summary: 'read objects whole, and say whether they are intact',
  args: '<object...>',
  details: 'Nothing is written. Objects that are not encrypted are failures.',
  cloud: true,
  options: [
    ['-r, --recursive', 'everything below a prefix'],
    ['-j, --jobs <number>', 'how many objects at once (default 8)'],
    ['--expected-key <key>', 'the key that the object was written under, if it is another'],
    ...readOptions,
  ],
  examples: ['osscrypt verify oss://my-bucket/report.pdf', 'osscrypt verify -r oss://my-bucket/photos/'],
  run,
}

async function run(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const recursive = flags.on('recursive')
  const locations = args.map((arg) => (recursive ? asFolder(parsePrefix(arg)) : parseObject(arg)))
  const { openSession } = await import('../cloud/session.js')
  const { listObjects } = await import('../cloud/list-objects.js')
  const { readJobs, readReadOptions } = await import('../transfer/transfer-options.js')
  const session = await openSession(context)
  const objects = async function* (): AsyncGenerator<ObjectLocation> {
    for (const location of locations) {
      if (!recursive) yield location
      else {
        for await (const { key, storedLength } of listObjects(session, location, signal)) {
          if (!key.endsWith('/') || storedLength > 0) yield { ...location, key }
        }
      }
    }
  }
  let [done, failed] = [0, 0]
  let lastFailure: ExitName = 'partial'
  await runInParallel(objects(), readJobs(context, session.settings), signal, async (location) => {
    const object = describeLocation(location)
    const { update, done: end } = report.progress.track()
    try {
      const client = await session.client(location.bucket)
      const { stream, encryption } = await client.getStream(location.key, {
        ...readReadOptions(context),
        progress: update,
      })
      // All of a GCM object is verified by now; a FLOE object's segments are as they are read.
      if (encryption.algorithm === 'FLOE') await pipeline(stream, nowhere(), { signal })
      else stream.destroy()
      done++
      report.event({ type: 'verified', object, intact: true }, `intact ${printable(object)}`)
    } catch (error) {
      signal.throwIfAborted()
      failed++
      lastFailure = report.failure(error, object)
    } finally {
      end()
    }
  })
  if (done + failed === 0) throw new CommandError('notFound', 'NotFound', 'there is nothing there')
  if (recursive || locations.length > 1) {
    report.event(
      { type: 'summary', done, failed },
      `${count(done, 'object')} intact${failed > 0 ? `, ${failed} FAILED` : ''}`,
    )
  }
  if (failed === 0) return 'ok'
  return locations.length === 1 && !recursive ? lastFailure : 'partial'
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
