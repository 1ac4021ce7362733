import type { Cluster, Redis } from 'ioredis'

/** What has to happen in Redis as one: each script names all of its keys, as Redis clusters and their proxies ask for. */
const scripts = {
  /** Writes down what came of an object, once, and counts it; -1 when the job is another one by now. Keys: job, results, outcomes, totals. */
  recordOutcome: {
    lua: `
      local run, batch, index, outcome = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
      if redis.call('HGET', KEYS[1], 'run') ~= run then return -1 end
      if redis.call('HEXISTS', KEYS[2], batch) == 1 then return 0 end
      if redis.call('HSETNX', KEYS[3], index, outcome) == 0 then return 0 end
      for at = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[4], ARGV[at], ARGV[at + 1]) end
      return 1`,
  },
  /** Forgets what came of an object, if that is still it, so that it can be worked on again. Keys: outcomes, totals. */
  takeBackOutcome: {
    lua: `
      local index, outcome = ARGV[1], ARGV[2]
      if redis.call('HGET', KEYS[1], index) ~= outcome then return 0 end
      redis.call('HDEL', KEYS[1], index)
      for at = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[at], -ARGV[at + 1]) end
      return 1`,
  },
  /** Puts what came of a whole batch in the place of what came of its objects. Keys: job, results, outcomes. */
  finishBatch: {
    lua: `
      local run, batch, result, length = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
      if redis.call('HGET', KEYS[1], 'run') ~= run or redis.call('HEXISTS', KEYS[2], batch) == 1 then return 0 end
      if redis.call('HLEN', KEYS[3]) ~= length then return -1 end
      redis.call('HSET', KEYS[2], batch, result)
      redis.call('DEL', KEYS[3])
      return 1`,
  },
  /**
   * Says which page is queued next, if this one still lists; -1 when the listing is elsewhere than it believes: Redis may have gone back to what it had kept. Keys:
   * lister, page, job.
   */
  stagePage: {
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      local cursor, batches = unpack(redis.call('HMGET', KEYS[3], 'cursor', 'batches'))
      if (cursor or '') ~= ARGV[2] or (batches or '0') ~= ARGV[3] then return -1 end
      redis.call('SET', KEYS[2], ARGV[4])
      return 1`,
  },
  /** Goes on to the next page; -1 also when a batch of this one is neither queued nor through. Keys: lister, page, job, results, and BullMQ's of each batch. */
  commitPage: {
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
      local cursor, batches = unpack(redis.call('HMGET', KEYS[3], 'cursor', 'batches'))
      if (cursor or '') ~= ARGV[2] or (batches or '0') ~= ARGV[3] then return -1 end
      for at = 5, #KEYS do
        local number = string.format('%.0f', ARGV[3] + at - 4)
        if redis.call('EXISTS', KEYS[at]) == 0 and redis.call('HEXISTS', KEYS[4], number) == 0 then return -1 end
      end
      redis.call('HSET', KEYS[3], 'cursor', ARGV[4], 'batches', ARGV[5], 'objects', ARGV[6], 'bytes', ARGV[7], 'listed', ARGV[8])
      redis.call('DEL', KEYS[2])
      return 1`,
  },
  /** Keeps a lease that one still has. Keys: lister. */
  renewLease: {
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  },
  /** Gives a lease back. Keys: lister. */
  endLease: {
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('DEL', KEYS[1])`,
  },
  /** Changes the state of a job that has one of the states given. Keys: job. */
  changeState: {
    lua: `
      local state = redis.call('HGET', KEYS[1], 'state')
      for at = 2, #ARGV do
        if state == ARGV[at] then
          redis.call('HSET', KEYS[1], 'state', ARGV[1])
          return 1
        end
      end
      return 0`,
  },
  /** Reserves so many microseconds of a rate, by the clock of Redis; says how many there are to wait. Keys: rate, job. */
  reserve: {
    lua: `
      if redis.call('EXISTS', KEYS[2]) == 0 then return '0' end
      local time = redis.call('TIME')
      local now = time[1] * 1000000 + time[2]
      local start = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
      local freeAt = start + tonumber(ARGV[1])
      redis.call('SET', KEYS[1], string.format('%.0f', freeAt), 'PX', string.format('%.0f', (freeAt - now) / 1000 + 1000))
      return string.format('%.0f', start - now)`,
  },
} as const

type ScriptName = keyof typeof scripts

/** A connection that knows the scripts. */
export type RedisClient = Redis | Cluster

/** Tells a connection of the scripts, whose texts are sent once. */
export function defineScripts(client: RedisClient): void {
  for (const [name, script] of Object.entries(scripts)) client.defineCommand(`osscrypt:${name}`, script)
}

/** Runs a script. */
export function runScript(
  client: RedisClient,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<number | string> {
  const commands = client as unknown as Record<string, (...all: readonly unknown[]) => Promise<number | string>>
  const command = commands[`osscrypt:${name}`]
  if (command === undefined) throw new TypeError('the connection was not told of the scripts')
  return command.call(client, keys.length, ...keys, ...args)
}
