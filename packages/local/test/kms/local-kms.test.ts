import { afterAll } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { kmsSuite } from './suite.js'
import { targetOf } from './target.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())

const keyId = await cloud.createKey()
kmsSuite('local', { ...targetOf(cloud), region: cloud.region, keyId })

const token = await startLocalCloud({
  accessKeys: [{ accessKeyId: 'STS.local', accessKeySecret: 'secret', securityToken: 'to/ken+with=signs' }],
})
afterAll(() => token.close())
kmsSuite('local, with an STS token', { ...targetOf(token), region: token.region, keyId: await token.createKey() })
