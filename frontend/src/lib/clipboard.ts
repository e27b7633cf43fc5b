/**
 * Puts `text` on the clipboard; resolves to false where the browser does not allow it.
 *
 * `navigator.clipboard` exists in secure contexts only, and a PBX server's page is often opened over plain
 * HTTP, so the older selection-based copy stands behind it.
 */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }
  const holder = document.createElement("textarea");
  holder.value = text;
  holder.style.position = "fixed";
  holder.style.opacity = "0";
  document.body.append(holder);
  holder.select();
  const isCopied = document.execCommand("copy");
  holder.remove();
  return isCopied;
}
