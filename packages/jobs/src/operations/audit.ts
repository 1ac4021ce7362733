import { classifyObject } from '../objects/classify-object.js'
import type { Operation } from './operation.js'

/** Finds out what objects are, by their metadata. */
export const audit: Operation = {
  cost: () => ({ putRequests: 0, getRequests: 2, bytesDown: 0, bytesUp: 0, kmsCalls: 0 }),

  run: async ({ name }, { client, bucket }, { signal }) => ({
    status: 'done',
    ...(await classifyObject(client, bucket, name, signal)),
  }),
}
