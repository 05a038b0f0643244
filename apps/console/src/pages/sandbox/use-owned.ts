import { useEffect, useEffectEvent, useState } from 'react'

/** Something with a lifetime that the component opens when it appears and closes when it goes. */
export function useOwned<Owned extends { readonly close: () => void }>(
  open: () => Owned,
): Owned | undefined {
  const [owned, setOwned] = useState<Owned>()
  const start = useEffectEvent(open)
  useEffect(() => {
    const opened = start()
    setOwned(opened)
    return () => opened.close()
  }, [])
  return owned
}
