import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'

for (const key of ['CMK_ARN', 'OSS_REGION', 'OSS_BUCKET']) if (!process.env[key]) throw new Error(`${key} is not set`)
const { CMK_ARN = '', KMS_ENDPOINT, OSS_REGION: region, OSS_BUCKET: bucket, OSS_ENDPOINT, ...env } = process.env
const accessKeyId = env.ALIBABA_CLOUD_ACCESS_KEY_ID ?? ''
const accessKeySecret = env.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? ''
const local = OSS_ENDPOINT && { endpoint: OSS_ENDPOINT, sldEnable: true }
const store = new OSS({ region, bucket, accessKeyId, accessKeySecret, secure: true, authorizationV4: true, ...local })
const dataKeys = new KmsDataKeyProvider(CMK_ARN, { endpoint: KMS_ENDPOINT })
const client = new OssEncryptionClient({ store, dataKeys })

await client.put('hello.txt', Buffer.from('Only the holder of the key reads this.'))
const { content } = await client.get('hello.txt')
console.log(content.toString())
