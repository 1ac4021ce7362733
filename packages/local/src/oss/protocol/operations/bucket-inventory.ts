import { OssError } from '../error/oss-error.js'
import type { InventoryRule } from '../facts.js'
import { readInventoryRule, writeInventoryRule } from '../inventory/inventory-rule.js'
import { writeReport } from '../inventory/write-report.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, findBucket, type OssCall } from '../request/oss-call.js'
import { readXmlBody } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

const MAX_RULES = 1000
const PAGE = 100

/** A first report is written at once, and no other: nobody waits a day for a test. Putting the rule again writes another. */
export async function putBucketInventory(call: OssCall): Promise<Answer> {
  const { tree } = await readXmlBody(call.request, 'InventoryConfiguration')
  const rule = readInventoryRule(tree, call.query.get('inventoryId') ?? '')
  const { name, inventories = [] } = await bucketOf(call)
  await findBucket(call.backend, rule.destination.bucket)
  const others = inventories.filter(({ id }) => id !== rule.id)
  if (others.length >= MAX_RULES) throw new OssError('InvalidArgument', { message: 'There are too many rules.' })
  const sorted = [...others, rule].sort((a, b) => (a.id < b.id ? -1 : 1))
  await call.backend.updateBucket(name, { inventories: sorted })
  if (rule.isEnabled) await writeReport(call.backend, name, rule, call.nowMs)
  return { status: 200 }
}

export async function getBucketInventory(call: OssCall): Promise<Answer> {
  return xmlAnswer(writeXml('InventoryConfiguration', writeInventoryRule(await ruleOf(call))))
}

export async function listBucketInventory(call: OssCall): Promise<Answer> {
  const { inventories = [] } = await bucketOf(call)
  const token = call.query.get('continuation-token') ?? ''
  const following = inventories.filter(({ id }) => id > token)
  const page = following.slice(0, PAGE)
  const isTruncated = page.length < following.length
  return xmlAnswer(
    writeXml('ListInventoryConfigurationsResult', {
      InventoryConfiguration: page.map(writeInventoryRule),
      IsTruncated: isTruncated,
      NextContinuationToken: isTruncated ? page.at(-1)?.id : undefined,
    }),
  )
}

export async function deleteBucketInventory(call: OssCall): Promise<Answer> {
  const { name, inventories = [] } = await bucketOf(call)
  const left = inventories.filter(({ id }) => id !== call.query.get('inventoryId'))
  await call.backend.updateBucket(name, { inventories: left })
  return { status: 204 }
}

async function ruleOf(call: OssCall): Promise<InventoryRule> {
  const { inventories = [] } = await bucketOf(call)
  const id = call.query.get('inventoryId') ?? ''
  const rule = inventories.find((other) => other.id === id)
  if (rule === undefined) throw new OssError('NoSuchInventory', { elements: { InventoryId: id } })
  return rule
}
