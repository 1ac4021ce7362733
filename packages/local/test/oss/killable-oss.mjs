// The built local OSS in a process that a test kills: folder, bucket, access key (JSON).
import { createServer } from 'node:http'
import { FaultPlan } from '../../dist/faults/fault-plan.js'
import { createOssService } from '../../dist/oss/oss-service.js'

const [folder = '', bucket = '', accessKey = ''] = process.argv.slice(2)
const service = await createOssService({
  folder,
  buckets: [bucket],
  accessKeys: [JSON.parse(accessKey)],
  faults: new FaultPlan(),
  now: Date.now,
})
const server = createServer((request, response) => void service.handle(request, response))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.(address.port)
})
