import type { Feature } from './client.ts'

/** A kind of upstream that the simulator can play. */
export interface Upstream {
  readonly name: string
  readonly provider: (url: string) => object
  /** The simulated model, under whose name its kind of upstream looks for abilities. */
  readonly model: string
  /** What it does not offer, with the reason. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>
}

export const UPSTREAMS: readonly Upstream[] = [
  { name: 'chat', provider: (url) => ({ type: 'vllm', baseUrl: url }), model: 'sim-1b', lacks: {} },
  {
    name: 'gemini',
    provider: (url) => ({ type: 'gemini', baseUrl: `${url}/v1beta`, apiKey: 'k' }),
    model: 'sim-1b',
    lacks: {},
  },
]
