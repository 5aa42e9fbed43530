import type { EventDecorator } from '../../chat/event-decorator.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'

/** Gives the client its own names of tools back, where the upstream was sent others. */
export const restoreNames = (names: ToolNames): EventDecorator => ({
  response: names.restoreResponse,
  events: (events) => events.map(names.restoreEvent),
  end: () => [],
})
