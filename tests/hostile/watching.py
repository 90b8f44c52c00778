"""What a parser and a browser find in a page that a payload has made something of."""

import tinyhtml5

WATCH = """
window.hits = 0; window.violations = []; window.__ran = () => { window.hits += 1; };
window.alert = window.confirm = window.prompt = window.__ran;
document.addEventListener("securitypolicyviolation", one => window.violations.push(
  `${one.effectiveDirective} ${one.blockedURI} ${one.sample}`), true);
"""
FOUND = """() => {
  const faults = [];
  if (window.hits) faults.push(`ran ${window.hits} times`);
  for (const one of document.querySelectorAll("*")) for (const {name, value} of one.attributes) {
    if (name === "data-qz") faults.push("node " + one.outerHTML.slice(0, 120));
    if (name.startsWith("on")) faults.push(`${one.tagName} ${name}=${value.slice(0, 80)}`);
    if (!["href", "src", "action", "formaction", "srcdoc", "data", "xlink:href"].includes(name)) continue;
    let to = {}; try { to = new URL(value, location); } catch { continue; }
    if (["javascript:", "vbscript:"].includes(to.protocol) || value.trim().toLowerCase().startsWith("data:text/html"))
      faults.push(`${one.tagName} leads to ${value.slice(0, 80)}`);
  }
  const made = "x-y, base, iframe, object, embed, marquee, mglyph";
  for (const one of document.querySelectorAll(made)) faults.push("node " + one.outerHTML.slice(0, 120));
  return {faults, violations: window.violations}; }"""
"""What ran, and what would if it were clicked or hovered over."""
UNSAFE = ("javascript:", "jav\tascript:", "data:text/html", "vbscript:")


def nodes_of(text: str) -> list[str]:
    """What a parser of HTML makes of a page that must not be there: elements and attributes of a payload."""
    faults = []
    for node in tinyhtml5.parse(text, namespace_html_elements=False).iter():
        if not isinstance(node.tag, str):
            continue
        if "data-qz" in node.attrib or node.tag in ("x-y", "base", "iframe", "object", "embed", "marquee"):
            faults.append(f"node {node.tag} {dict(node.attrib)}")
        faults += [f"{node.tag} {name}={value[:60]!r}" for name, value in node.attrib.items()
                   if name.startswith("on") or (name in ("href", "src", "action", "formaction", "srcdoc")
                                                and value.strip().lower().startswith(UNSAFE))]
        if node.tag == "script" and node.attrib.get("type") != "application/json" and "__ran" in (node.text or ""):
            faults.append(f"in a script: {node.text[:80]!r}")
    return faults
