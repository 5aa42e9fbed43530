import { examine, type Finding, type GatewayUnderTest } from './examine.ts'
import { CLIENT_FORMATS } from './client-formats.ts'
import { MAX_OUTPUT_TOKENS, type Probe } from './probe.ts'

export interface Plan {
  readonly models: readonly string[]
  readonly probes: readonly Probe[]
}

/** `16 short requests to 2 models, each with at most 512 output tokens`: what the plan costs. */
export function costOf({ models, probes }: Plan): string {
  const requests = models.length * probes.length * CLIENT_FORMATS.length
  const what = models.length === 1 ? '1 model' : `${models.length} models`
  return `${requests} short requests to ${what}, each with at most ${MAX_OUTPUT_TOKENS} output tokens`
}

/** Models that are examined at a time. Each gets one request after the other. */
const CONCURRENT_MODELS = 4

/** Examines all models. `onModel` is called when a model is done. */
export async function examineAll(
  gateway: GatewayUnderTest,
  { models, probes }: Plan,
  onModel: (model: string, findings: readonly Finding[]) => void = () => {},
): Promise<readonly Finding[]> {
  const found = new Map<string, readonly Finding[]>()
  const waiting = [...models]
  const work = async () => {
    for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) {
      const findings = await examineModel(gateway, model, probes)
      found.set(model, findings)
      onModel(model, findings)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_MODELS }, work))
  return models.flatMap((model) => found.get(model)!)
}

async function examineModel(gateway: GatewayUnderTest, model: string, probes: readonly Probe[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const clientFormat of CLIENT_FORMATS)
    for (const probe of probes) findings.push(await examine(gateway, model, clientFormat, probe))
  return findings
}
