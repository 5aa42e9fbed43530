import { headerProblem } from '../schema/secret.ts'
import type { ProviderConfig } from './config.ts'
import type { SettingProblem } from './provider.ts'

/** Secrets of the environment that no header can carry: with them, every request would fail. */
export const variableProblems = (
  { environment }: Pick<ProviderConfig, 'environment'>,
  variables: readonly string[],
): readonly SettingProblem[] =>
  variables.flatMap((variable) => {
    const problem = headerProblem(environment[variable] ?? '')
    return problem === undefined ? [] : [{ message: `${variable} in the environment ${problem}.` }]
  })
