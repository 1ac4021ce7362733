// A backend, and a page that encrypts in the browser with no credentials of the cloud. `node broker.mjs`; see docs/BROKER.md.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { KmsDataKeyProvider } from 'osscrypt'
import { createBroker } from 'osscrypt/broker'
import { toNodeHandler } from 'osscrypt/broker/node'
import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { openCloud } from './cloud.mjs'

const cloud = await openCloud()

// The backend. Whose page it is, its session says: here a table stands for that.
const sessions = new Map([['Bearer one-of-anna', 'anna']])
const broker = createBroker({
  dataKeys: new KmsDataKeyProvider(cloud.cmk, cloud.kms),
  bucket: cloud.bucket,
  credentials: cloud.credentials,
  origins: ['https://app.example.com'],
  authorize: (request, action, name) => {
    const user = sessions.get(request.headers.get('authorization') ?? '')
    if (user === undefined) return null
    const isOwn = name.startsWith(`users/${user}/`) && action !== 'deleteVersion'
    return isOwn ? { user, encryptionContext: { user }, maxUploadLength: 1024 ** 3 } : { user, denied: true }
  },
  audit: ({ user, operation, name, status }) => {
    console.log(`${user} ${operation} ${name}: ${status}`)
  },
  onError: (error) => {
    console.error(error)
  },
})
const server = createServer(toNodeHandler(broker)).listen(0, '127.0.0.1')
await once(server, 'listening')

// The page. A browser says its origin by itself, and sends the session's cookie where there is one.
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
const url = `http://127.0.0.1:${port}/osscrypt`
const reach = { url, headers: { authorization: 'Bearer one-of-anna', origin: 'https://app.example.com' } }
const client = new OssEncryptionClient({
  store: new PresignedStore({ sign: signByBroker(reach) }),
  dataKeys: new BrokerDataKeyProvider(reach),
})
const encryptionContext = { user: 'anna' }
const note = new Blob(['Only anna reads this.'])
await client.put('users/anna/note.txt', note, { format: 'floe', encryptionContext })
const { content } = await client.get('users/anna/note.txt')
console.log(new TextDecoder().decode(content))
await client.get('users/bert/note.txt').catch((/** @type {unknown} */ error) => {
  console.log(String(error))
})

server.close()
await cloud.close()
