// Puts a large object into the built local cloud, closes the cloud, and has nothing left to do.
import OSS from 'ali-oss'
import { startLocalCloud } from '../../dist/index.js'

const cloud = await startLocalCloud({ buckets: ['a-bucket'] })
const client = new OSS(cloud.ossOptions('a-bucket'))
await client.put('large', Buffer.alloc(5_000_000))
await cloud.close()
