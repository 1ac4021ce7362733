import type { Places } from '../terminal/report.js'
import type { Settings } from './settings.js'

/** Says where OSS and KMS are asked, and which profile of which file was read for it. */
export function describePlaces({
  endpoint,
  region,
  network,
  kmsEndpoint,
  profile,
  file,
}: Pick<Settings, 'endpoint' | 'region' | 'network' | 'kmsEndpoint' | 'profile' | 'file'>): Places {
  const place = region?.replace(/^oss-/, '')
  const publicOss = place && `oss-${place}${network === 'vpc' ? '-internal' : ''}.aliyuncs.com`
  const oss = endpoint ?? publicOss
  const asked = oss === undefined ? 'no region is set' : `OSS was asked at ${oss}, region ${region ?? 'not set'}`
  const source = `profile ${profile} of ${file}`
  return {
    oss: `${asked}; ${source}`,
    kms: `KMS was asked at ${kmsEndpoint ?? 'the address of the CMK’s region'}; ${source}`,
  }
}
