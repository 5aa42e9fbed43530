import { examine, type Finding, type Patient } from './examine.ts'
import { LANGUAGES } from './language.ts'
import { MOST_TOKENS, type Probe } from './probe.ts'

export interface Plan {
  readonly models: readonly string[]
  readonly probes: readonly Probe[]
}

/** How many calls it is, and of how many tokens at most: for whoever pays. */
export function costOf({ models, probes }: Plan): string {
  const calls = models.length * probes.length * LANGUAGES.length
  const what = models.length === 1 ? '1 model' : `${models.length} models`
  return `${calls} short calls to ${what}, of at most ${MOST_TOKENS} tokens of answer each`
}

/** Models that are examined at a time; each is asked one thing after the other. */
const AT_A_TIME = 4

/** Examines all. `onModel` hears of each model that is through. */
export async function examineAll(
  patient: Patient,
  { models, probes }: Plan,
  onModel: (model: string, findings: readonly Finding[]) => void = () => {},
): Promise<readonly Finding[]> {
  const found = new Map<string, readonly Finding[]>()
  const waiting = [...models]
  const work = async () => {
    for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) {
      const findings = await examineModel(patient, model, probes)
      found.set(model, findings)
      onModel(model, findings)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return models.flatMap((model) => found.get(model)!)
}

async function examineModel(patient: Patient, model: string, probes: readonly Probe[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const language of LANGUAGES)
    for (const probe of probes) findings.push(await examine(patient, model, language, probe))
  return findings
}
