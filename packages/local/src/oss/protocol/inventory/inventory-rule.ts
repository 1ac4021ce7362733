import { OssError } from '../error/oss-error.js'
import type { InventoryRule } from '../facts.js'
import { childOf, textOf, textsOf, type XmlTree } from '../xml/read-xml.js'
import type { XmlElements } from '../xml/write-xml.js'

/** What a report can tell of an object, in the order of the configuration. */
const INVENTORY_FIELDS = [
  'Size',
  'StorageClass',
  'LastModifiedDate',
  'ETag',
  'IsMultipartUploaded',
  'EncryptionStatus',
  'ObjectAcl',
  'TaggingCount',
  'ObjectType',
  'Crc64',
]

/** @throws `OssError` InvalidArgument, MalformedXML; NotImplemented for filters and encryption that are not known here. */
export function readInventoryRule(tree: XmlTree, id: string): InventoryRule {
  const destination = childOf(childOf(tree, 'Destination'), 'OSSBucketDestination')
  const text = (parent: XmlTree, name: string): string => textOf(parent, name)?.trim() ?? ''
  const filter = childOf(tree, 'Filter')
  const fields = textsOf(childOf(tree, 'OptionalFields'), 'Field')
  const target = /^acs:oss:::(.+)$/.exec(text(destination, 'Bucket'))?.[1]
  const isEnabled = text(tree, 'IsEnabled')
  const frequency = text(childOf(tree, 'Schedule'), 'Frequency')
  const versions = text(tree, 'IncludedObjectVersions')
  if (text(tree, 'Id') !== id) throw invalid('Id')
  if (fields.some((field) => !INVENTORY_FIELDS.includes(field))) throw invalid('Field', '0020-00000036')
  if (target === undefined || text(destination, 'Format') !== 'CSV') throw invalid('OSSBucketDestination')
  if (!['true', 'false'].includes(isEnabled) || !['Daily', 'Weekly'].includes(frequency))
    throw new OssError('MalformedXML')
  if (versions !== 'All' && versions !== 'Current') throw new OssError('MalformedXML')
  const strange = Object.keys(filter).find((name) => name !== 'Prefix') ?? (destination['Encryption'] && 'Encryption')
  if (strange) throw new OssError('NotImplemented', { elements: { Element: strange } })
  return {
    id,
    isEnabled: isEnabled === 'true',
    prefix: textOf(filter, 'Prefix') ?? '',
    versions,
    fields,
    frequency,
    destination: {
      bucket: target,
      prefix: textOf(destination, 'Prefix') ?? '',
      accountId: text(destination, 'AccountId'),
      roleArn: text(destination, 'RoleArn'),
    },
  }
}

function invalid(name: string, ec?: string): OssError {
  return new OssError('InvalidArgument', { elements: { ArgumentName: name }, ...(ec !== undefined && { ec }) })
}

export function writeInventoryRule(rule: InventoryRule): XmlElements {
  const { bucket, prefix, accountId, roleArn } = rule.destination
  return {
    Id: rule.id,
    IsEnabled: rule.isEnabled,
    Filter: rule.prefix === '' ? undefined : { Prefix: rule.prefix },
    Destination: {
      OSSBucketDestination: {
        Format: 'CSV',
        AccountId: accountId,
        RoleArn: roleArn,
        Bucket: `acs:oss:::${bucket}`,
        Prefix: prefix,
      },
    },
    Schedule: { Frequency: rule.frequency },
    IncludedObjectVersions: rule.versions,
    OptionalFields: rule.fields.length === 0 ? undefined : { Field: rule.fields },
  }
}
