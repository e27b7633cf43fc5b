import { useAnnouncement } from "@/lib/announcements";

/** The one polite live region: it stays in the page, only its text changes. */
export function Announcer() {
  const message = useAnnouncement();
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-50 flex justify-center md:bottom-6"
    >
      {message && (
        <p className="max-w-md rounded-lg bg-ink px-4 py-2.5 text-center font-medium text-page shadow-lg">
          {message}
        </p>
      )}
    </div>
  );
}
