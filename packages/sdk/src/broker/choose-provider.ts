import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { DataKeyRewrapper } from '../keys/data-key-rewrapper.js'
import type { BrokerGrant } from './broker-options.js'

type Provider = DataKeyProvider & Partial<DataKeyRewrapper>

/** Providers of the CMKs of grants, by those: each knows where its CMKs are once it has asked KMS. */
const known = new WeakMap<Provider, Map<string, Provider>>()

/** CMKs of so many grants are known at a time. */
const MAX_PROVIDERS = 1000

/**
 * The provider of the CMKs that a grant names.
 *
 * @throws TypeError where `dataKeys` cannot be limited to them.
 */
export function chooseProvider(dataKeys: Provider, { cmkArns }: BrokerGrant): Provider {
  if (!cmkArns) return dataKeys
  const providers = known.get(dataKeys) ?? new Map<string, Provider>()
  known.set(dataKeys, providers)
  const key = JSON.stringify(cmkArns)
  const provider = providers.get(key) ?? limitTo(dataKeys, cmkArns)
  if (providers.size >= MAX_PROVIDERS) providers.clear()
  providers.set(key, provider)
  return provider
}

function limitTo(dataKeys: Provider, cmkArns: readonly string[]): Provider {
  const limited = dataKeys.withCmks?.(cmkArns)
  if (!limited || !isProvider(limited)) throw new TypeError('`cmkArns` of a grant: `dataKeys` has no `withCmks`')
  return limited
}

function isProvider(provider: Partial<DataKeyProvider> & DataKeyRewrapper): provider is Provider & DataKeyRewrapper {
  return provider.generateDataKey !== undefined && provider.decryptDataKey !== undefined
}
