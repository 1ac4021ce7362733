import { defineOperation } from '../operation.js'

/** Regions that have a KMS. The local one serves any other name of a region just as well. */
const regions = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-3',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'cn-beijing',
  'cn-chengdu',
  'cn-guangzhou',
  'cn-hangzhou',
  'cn-heyuan',
  'cn-hongkong',
  'cn-huhehaote',
  'cn-qingdao',
  'cn-shanghai',
  'cn-shenzhen',
  'cn-wulanchabu',
  'cn-zhangjiakou',
  'eu-central-1',
  'eu-west-1',
  'me-east-1',
  'us-east-1',
  'us-west-1',
]

export const describeRegions = defineOperation({
  name: 'DescribeRegions',
  parameters: {},
  run: (context) => {
    // Whoever looks for the region that it works in finds it, also one that only a test knows.
    const all = [...new Set([...regions, context.region])].sort()
    return { Regions: { Region: all.map((RegionId) => ({ RegionId })) } }
  },
})
