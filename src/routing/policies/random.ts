import type { Policy } from '../policy.ts'

/** Every endpoint with the same probability. */
export const randomChoice: Policy = (_call, endpoints, random) => endpoints[Math.floor(random() * endpoints.length)]!
