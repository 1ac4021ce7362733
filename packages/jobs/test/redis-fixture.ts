import { Redis } from 'ioredis'
import { isRedisInstalled } from '../../../tools/redis-server.mjs'

/** Whether there is a Redis to test with: without one the tests that need it are skipped, and this says so. */
export const hasRedis = isRedisInstalled()
if (!hasRedis) console.log('redis-server is not there: what runs over Redis is not tested')

/** Calls with a plain connection. */
export async function withRedis<Result>(url: string, use: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(url)
  try {
    return await use(client)
  } finally {
    client.disconnect()
  }
}
