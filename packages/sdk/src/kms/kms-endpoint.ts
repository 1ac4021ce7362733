import type { KmsPlace } from './kms-client.js'

/** Where a KMS is reached. */
export interface KmsEndpoint {
  readonly protocol: 'http' | 'https'
  /** Host name and, where it is not the protocol's own, port. */
  readonly host: string
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined
}

/** How the endpoint of a region's KMS is chosen. */
export interface KmsEndpointOptions {
  /** Used for every region: a host name, or a URL. Plain `http:` is taken for this machine's loopback addresses only. */
  readonly endpoint?: string | undefined
  /** PEM certificates of the authorities to trust, for the gateways of KMS instances, which have their own. */
  readonly ca?: string | undefined
  /** The region's public gateway (the default), or the one inside its VPCs. */
  readonly network?: 'public' | 'vpc' | undefined
}

const REGION = /^[a-z0-9-]{2,32}$/

/** Such as `kst-hzz…`; safe to build a host name from. */
export const INSTANCE_ID = /^[A-Za-z0-9-]{2,64}$/

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * The endpoint of a KMS.
 *
 * @throws RangeError when the region or the instance's id is not well-formed: a host name is never built from it.
 * @throws TypeError when `endpoint` is not a host name or URL, or would send data keys in the clear over a network.
 */
export function kmsEndpoint({ region, instance }: KmsPlace, options: KmsEndpointOptions): KmsEndpoint {
  if (typeof region !== 'string' || !REGION.test(region)) throw new RangeError('not a region')
  if (!instance) return regionEndpoint(region, options)
  if (!INSTANCE_ID.test(instance.id)) throw new RangeError('not the id of a KMS instance')
  const endpoint = instance.endpoint ?? `${instance.id}.cryptoservice.kms.aliyuncs.com`
  return regionEndpoint(region, { endpoint, ca: instance.ca ?? options.ca })
}

function regionEndpoint(region: string, { endpoint, ca, network = 'public' }: KmsEndpointOptions): KmsEndpoint {
  if (endpoint === undefined)
    return { protocol: 'https', host: `${network === 'vpc' ? 'kms-vpc' : 'kms'}.${region}.aliyuncs.com`, ca }
  const url = parseEndpoint(endpoint)
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new TypeError('KMS answers with plaintext data keys: plain http is allowed on a loopback address only')
  }
  return { protocol: url.protocol === 'http:' ? 'http' : 'https', host: url.host, ca }
}

function parseEndpoint(endpoint: string): URL {
  const text = endpoint.includes('://') ? endpoint : `https://${endpoint}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    !url.search &&
    !url.hash &&
    !url.username &&
    !url.password
  if (!plain) throw new TypeError('the KMS endpoint is not a host name or an http(s) URL')
  return url
}
