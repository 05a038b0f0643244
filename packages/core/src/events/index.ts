// Events
export { EventBus, type EventBusOptions, type EventCallback } from './event-bus.ts'
export {
  ContainerEventType,
  type ContainerEvent,
  type ContainerEvents,
} from './container-events.ts'
// Log levels
export { LogLevel } from './log-level.ts'
