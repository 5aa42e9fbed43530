import { type ActionsTopic, joinActions } from './topics/actions.ts'
import { joinLiveness } from './topics/liveness.ts'
import { joinLoads, type LoadsTopic } from './topics/loads.ts'
import type { Member } from './topics/member.ts'

export interface Topics {
  readonly actions: ActionsTopic
  readonly loads: LoadsTopic
}

/**
 * Joins every topic that the supervisor and the workers join alike. A new worker catches up in this order. To add a
 * topic, add a file to topics/ and its line here.
 */
export function joinTopics(member: Member): Topics {
  joinLiveness(member)
  return { actions: joinActions(member), loads: joinLoads(member) }
}
