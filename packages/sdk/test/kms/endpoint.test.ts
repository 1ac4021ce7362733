import { KmsDataKeyProvider, OpenApiKmsClient } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { kmsEndpoint } from '../../src/kms/kms-endpoint.js'

const region = 'cn-hangzhou'
const instance = { id: 'kst-hzz65f176a0ogplgqm' }

test.each([
  [{ region }, {}, 'https kms.cn-hangzhou.aliyuncs.com'],
  [{ region }, { network: 'public' }, 'https kms.cn-hangzhou.aliyuncs.com'],
  [{ region }, { network: 'vpc' }, 'https kms-vpc.cn-hangzhou.aliyuncs.com'],
  [{ region: 'us-east-1' }, {}, 'https kms.us-east-1.aliyuncs.com'],
  [{ region }, { endpoint: 'kms.example' }, 'https kms.example'],
  [{ region }, { endpoint: 'kms.example', network: 'vpc' }, 'https kms.example'],
  [{ region }, { endpoint: 'kms.example:8443' }, 'https kms.example:8443'],
  [{ region }, { endpoint: 'https://kms.example:443/' }, 'https kms.example'],
  [{ region }, { endpoint: 'HTTPS://KMS.Example' }, 'https kms.example'],
  [{ region }, { endpoint: 'http://127.0.0.1:8080' }, 'http 127.0.0.1:8080'],
  [{ region }, { endpoint: 'http://127.1.2.3' }, 'http 127.1.2.3'],
  [{ region }, { endpoint: 'http://127.1' }, 'http 127.0.0.1'],
  [{ region }, { endpoint: 'http://0x7f000001' }, 'http 127.0.0.1'],
  [{ region }, { endpoint: 'http://localhost:1' }, 'http localhost:1'],
  [{ region }, { endpoint: 'http://[::1]:8080' }, 'http [::1]:8080'],
  [{ region, instance }, {}, 'https kst-hzz65f176a0ogplgqm.cryptoservice.kms.aliyuncs.com'],
  [
    { region, instance },
    { endpoint: 'kms.example', network: 'vpc' },
    'https kst-hzz65f176a0ogplgqm.cryptoservice.kms.aliyuncs.com',
  ],
  [{ region, instance: { ...instance, endpoint: 'https://127.0.0.1:9' } }, {}, 'https 127.0.0.1:9'],
] as const)('%j with %j is %s', (place, options, expected) => {
  const { protocol, host } = kmsEndpoint(place, options)
  expect(`${protocol} ${host}`).toBe(expected)
})

test('an instance’s own authority goes before the client’s', () => {
  expect(kmsEndpoint({ region, instance: { ...instance, ca: 'own' } }, { ca: 'general' }).ca).toBe('own')
  expect(kmsEndpoint({ region, instance }, { ca: 'general' }).ca).toBe('general')
  expect(kmsEndpoint({ region }, { ca: 'general' }).ca).toBe('general')
})

describe('no host name is built from what is ill-formed', () => {
  test.each([
    '',
    'a',
    'evil.example/',
    'cn-hangzhou.evil',
    'CN-HANGZHOU',
    'cn hangzhou',
    'cn-hangzhou\n',
    'ä',
    'x'.repeat(33),
    '@evil',
    'a:b',
  ])('region %j', (bad) => {
    expect(() => kmsEndpoint({ region: bad }, {})).toThrow(RangeError)
    expect(() => kmsEndpoint({ region: bad }, { endpoint: 'kms.example' })).toThrow(RangeError)
  })

  test.each(['', 'a', 'evil.example/', 'kst-1.evil', 'kst 1', 'kst-1\n', 'x'.repeat(65), '@evil'])(
    'instance %j',
    (id) => {
      expect(() => kmsEndpoint({ region, instance: { id } }, {})).toThrow(RangeError)
    },
  )
})

describe('an endpoint is a host name or an http(s) URL', () => {
  test.each([
    '',
    ' ',
    'http://',
    'https://',
    'ftp://kms.example',
    'file:///etc/passwd',
    'javascript://x',
    'kms.example/path',
    'https://kms.example/path',
    'https://kms.example?x=1',
    'kms.example#x',
    'user@kms.example',
    'https://user:password@kms.example',
    'http:127.0.0.1',
    'kms example',
    'https:\\\\kms.example',
    '127.0.0.1:99999',
    'kms.example:port',
  ])('not %j', (endpoint) => {
    expect(() => kmsEndpoint({ region }, { endpoint })).toThrow(TypeError)
    // Refused when the client is made, not at the first call.
    expect(() => new OpenApiKmsClient({ endpoint })).toThrow(TypeError)
    expect(() => new KmsDataKeyProvider('acs:kms:cn-hangzhou:1:key/k', { endpoint })).toThrow(TypeError)
  })

  test.each([
    'http://kms.example',
    'http://kms.cn-hangzhou.aliyuncs.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://localhost.',
    'http://[::2]',
    'http://[::ffff:127.0.0.1]',
    'http://128.0.0.1',
    'http://1270.0.1',
  ])('no plain http to %s', (endpoint) => {
    expect(() => kmsEndpoint({ region }, { endpoint })).toThrow(TypeError)
    expect(() => kmsEndpoint({ region, instance: { ...instance, endpoint } }, {})).toThrow(TypeError)
  })

  test('what is refused is not repeated: it may hold a password', () => {
    expect(() => kmsEndpoint({ region }, { endpoint: 'https://user:pa55word@kms.example' })).toThrow(
      expect.not.stringContaining('pa55word'),
    )
  })
})
