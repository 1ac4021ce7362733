import type { Cluster, Redis } from 'ioredis'

/** What has to happen in Redis as one: each script names all of its keys, as Redis clusters and their proxies ask for. */
const scripts = {
  /** Writes down what came of an object, once, and counts it; -1 when the job is another one by now. Keys: job, results, outcomes, totals. */
  recordOutcome: {
    numberOfKeys: 4,
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
    numberOfKeys: 2,
    lua: `
      local index, outcome = ARGV[1], ARGV[2]
      if redis.call('HGET', KEYS[1], index) ~= outcome then return 0 end
      redis.call('HDEL', KEYS[1], index)
      for at = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[at], -ARGV[at + 1]) end
      return 1`,
  },
  /** Puts what came of a whole batch in the place of what came of its objects. Keys: job, results, outcomes. */
  finishBatch: {
    numberOfKeys: 3,
    lua: `
      local run, batch, result, length = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
      if redis.call('HGET', KEYS[1], 'run') ~= run or redis.call('HEXISTS', KEYS[2], batch) == 1 then return 0 end
      if redis.call('HLEN', KEYS[3]) ~= length then return -1 end
      redis.call('HSET', KEYS[2], batch, result)
      redis.call('DEL', KEYS[3])
      return 1`,
  },
  /** Says which page is queued next, if this one still lists. Keys: lister, page. */
  stagePage: {
    numberOfKeys: 2,
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      redis.call('SET', KEYS[2], ARGV[2])
      return 1`,
  },
  /** Goes on to the next page: this one is queued. Keys: lister, page, job. */
  commitPage: {
    numberOfKeys: 3,
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
      redis.call('HSET', KEYS[3], 'cursor', ARGV[2], 'batches', ARGV[3], 'objects', ARGV[4], 'bytes', ARGV[5], 'listed', ARGV[6])
      redis.call('DEL', KEYS[2])
      return 1`,
  },
  /** Keeps a lease that one still has. Keys: lister. */
  renewLease: {
    numberOfKeys: 1,
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  },
  /** Gives a lease back. Keys: lister. */
  endLease: {
    numberOfKeys: 1,
    lua: `
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('DEL', KEYS[1])`,
  },
  /** Changes the state of a job that has one of the states given. Keys: job. */
  changeState: {
    numberOfKeys: 1,
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
    numberOfKeys: 2,
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
  return command.call(client, ...keys, ...args)
}
