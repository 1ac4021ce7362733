// What a user's program does, run by every runner and out of every bundle: objects through the real KMS client and ali-oss.
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'

const {
  CMK_ARN = '',
  KMS_ENDPOINT,
  OSS_BUCKET: bucket = '',
  OSS_ENDPOINT: endpoint = '',
  OSS_REGION: region = '',
} = process.env
const accessKeyId = process.env.ALIBABA_CLOUD_ACCESS_KEY_ID ?? ''
const accessKeySecret = process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? ''

/** Puts, gets and reads a part of an object in each format. */
export async function roundTrip() {
  const local = { endpoint, sldEnable: true }
  const store = new OSS({ region, bucket, accessKeyId, accessKeySecret, authorizationV4: true, ...local })
  const client = new OssEncryptionClient({
    store,
    dataKeys: new KmsDataKeyProvider(CMK_ARN, { endpoint: KMS_ENDPOINT }),
  })
  const plaintext = 'Only the holder of the key reads this.'
  for (const format of /** @type {const} */ (['gcm', 'floe'])) {
    await client.put(format, Buffer.from(plaintext), { format })
    const { content } = await client.get(format)
    const part = await client.getRange(format, { start: 5, end: 14 }, { allowUnverifiedRange: format === 'gcm' })
    if (content.toString() !== plaintext || part.content.toString() !== 'the holder')
      throw new Error(`${format}: other bytes`)
  }
}
