// Does one thing, reports how it ended, and must then end by itself.
// node exit.mjs <action> <settings as JSON>
import { PassThrough, Readable } from 'node:stream'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'

const [, , action = '', settings = '{}'] = process.argv
const { ossOptions, cmkArn, kms, temporaryFolder, abortAfterMs } = JSON.parse(settings)
const client = new OssEncryptionClient({
  store: new OSS(ossOptions),
  dataKeys: new KmsDataKeyProvider(cmkArn, kms),
  retry: { maxAttempts: 1, delayMs: () => 0 },
  temporaryFolder,
})
const controller = new AbortController()
const { signal } = controller
if (abortAfterMs !== undefined) setTimeout(() => controller.abort(), abortAfterMs)
const large = 20 * 1024 * 1024

const actions = {
  'put-buffer': () => client.put('exit', Buffer.alloc(1000), { signal }),
  'put-large': () => client.put('exit', Buffer.alloc(large), { signal }),
  'put-stream': () => client.put('exit', Readable.from([Buffer.alloc(large)]), { signal }),
  'put-still': () => client.put('exit', new PassThrough(), { signal }),
  get: () => client.get('large', { signal }),
  'get-stream': async () => (await client.getStream('large', { signal })).stream.destroy(),
  range: () => client.getRange('large', { start: 0, end: 10 }, { signal, allowUnverifiedRange: true }),
}

const start = performance.now()
process.on('exit', () => process.stdout.write(` exit ${String(Math.round(performance.now() - start))}`))
const outcome = await actions[/** @type {keyof actions} */ (action)]().then(
  () => 'done',
  (/** @type {unknown} */ error) =>
    error === signal.reason ? 'aborted' : String(/** @type {{ code?: string }} */ (error).code),
)
process.stdout.write(`${outcome} ${String(Math.round(performance.now() - start))}`)
