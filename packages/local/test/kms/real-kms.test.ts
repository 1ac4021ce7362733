import { describe, test } from 'vitest'
import { kmsSuite } from './suite.js'

const variable = (name: string): string => process.env[name] ?? ''

const endpoint = variable('OSSCRYPT_TEST_KMS_ENDPOINT')
const securityToken = variable('ALIBABA_CLOUD_SECURITY_TOKEN')

// Costs money and leaves the machine, so it runs only where someone points it at a key that is meant for it.
if (endpoint === '') describe.skip('KMS: real', () => test('needs OSSCRYPT_TEST_KMS_ENDPOINT', () => undefined))
else {
  kmsSuite('real', {
    endpoint: endpoint.replace(/^https?:\/\//, ''),
    protocol: endpoint.startsWith('http://') ? 'HTTP' : 'HTTPS',
    region: variable('OSSCRYPT_TEST_KMS_REGION'),
    keyId: variable('OSSCRYPT_TEST_KMS_CMK_ARN'),
    credentials: {
      accessKeyId: variable('ALIBABA_CLOUD_ACCESS_KEY_ID'),
      accessKeySecret: variable('ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
      ...(securityToken === '' ? {} : { securityToken }),
    },
  })
}
