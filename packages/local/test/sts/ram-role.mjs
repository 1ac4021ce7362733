// Asks for temporary credentials as the vendor's credentials client does, in a process that trusts the CA of its environment.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { default: Credential, Config } = createRequire(require.resolve('@alicloud/openapi-client'))(
  '@alicloud/credentials',
)
const [accessKeyId, accessKeySecret, roleArn, stsEndpoint] = process.argv.slice(2)
const type = 'ram_role_arn'
const roleSessionName = 'osscrypt'
const config = new Config({ type, accessKeyId, accessKeySecret, roleArn, roleSessionName, stsEndpoint })
try {
  const credential = await new Credential(config).getCredential()
  process.stdout.write(JSON.stringify(credential))
} catch (error) {
  process.stdout.write(JSON.stringify({ message: error instanceof Error ? error.message : 'unknown' }))
}
