// Runs in Chromium, bundled by the test: objects by a broker of another origin than the page's.
import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { ask, fails, random, report, runCases, same } from './report.mjs'

const broker = { url: await ask('broker', null), headers: { authorization: 'anna' } }
const store = new PresignedStore({ sign: signByBroker(broker) })
const dataKeys = new BrokerDataKeyProvider(broker)
const client = new OssEncryptionClient({ store, dataKeys, multipartThreshold: 250_000, idleTimeoutMs: 5000 })

await report(
  await runCases({
    async 'objects go to OSS and back'() {
      for (const format of /** @type {const} */ (['gcm', 'floe'])) {
        for (const length of [0, 1000, 700_000]) {
          const plaintext = random(length)
          const type = 'text/plain'
          const blob = new Blob([plaintext], { type })
          await client.put('anna/a', blob, { format, partLength: 200_000, meta: { colour: 'blue' } })
          const { content, res } = await client.get('anna/a')
          same(content, plaintext)
          if (res.headers['cache-control'] !== undefined) throw new Error('a header that nobody gave')
        }
        await client.rewrap('anna/a', { to: dataKeys })
        if ((await client.get('anna/a')).content.length !== 700_000) throw new Error('other bytes')
        await client.delete('anna/a')
      }
    },

    async 'what is not the user’s is refused'() {
      await fails('ServiceError', () => client.get('bert/a'))
      const whole = new OssEncryptionClient({ store, dataKeys, multipartThreshold: Infinity })
      await fails('ServiceError', () => whole.put('anna/long', random(800_001)))
    },
  }),
)
