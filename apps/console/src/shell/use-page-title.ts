import { useEffect } from 'react'

/** Element that reads the name of a page out when it is opened: the browser does not, as the document stays. */
export const announcerId = 'page-announcer'

/** Names the page in the browser's tab and history, and for screen readers. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'Gaesup' : `${title} · Gaesup`
    const announcer = document.getElementById(announcerId)
    if (announcer !== null) announcer.textContent = title ?? ''
  }, [title])
}
