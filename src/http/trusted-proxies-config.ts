// `server.trustedProxies`: the proxies whose `x-forwarded-for` is believed.
import { isIP } from 'node:net'
import { z } from 'zod'

const networkError = 'is not a network; allowed: as in 10.0.0.0/8, 192.168.1.5, fd00::/8, or private, or unix'

const network = z.string({ error: networkError }).superRefine((text, context) => {
  const reject = (message: string) => void context.addIssue({ code: 'custom', message, input: text })
  if (text === 'private' || text === 'unix') return
  const [address, prefix, ...more] = text.split('/') as [string, string?, ...string[]]
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6]
  if (address.includes('%') || more.length > 0 || bits < 0) return reject(networkError)
  if (prefix === undefined) return
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return reject(networkError)
  if (Number(prefix) === 0)
    reject('is every address, so that each client could forge its own; allowed: the networks of your proxies')
})

const MANY = 1000

export const trustedProxies = z
  .array(network)
  .max(MANY, { error: `is too long; allowed: up to ${MANY} networks` })
  .default([])
