"""The pill that says whether this screen still hears the shop."""

import reflex as rx
from reflex_base.constants import Hooks, Imports
from reflex_base.vars.base import Var, VarData

_WATCH = """
const [connection, setConnection] = useState("online");
const [networkDown, setNetworkDown] = useState(false);
const linkDown = networkDown || connectErrors.length > 0;
useEffect(() => {
  const check = () => setNetworkDown(!navigator.onLine);
  window.addEventListener("online", check);
  window.addEventListener("offline", check);
  return () => { window.removeEventListener("online", check); window.removeEventListener("offline", check); };
}, []);
useEffect(() => {
  if (!linkDown) { setConnection("online"); return; }
  const since = new Date().toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", hourCycle: "h23"});
  const timers = [
    setTimeout(() => setConnection("reconnecting"), 2000),
    setTimeout(() => { window.offlineSince = since; setConnection("offline"); }, 6000),
  ];
  return () => timers.forEach(clearTimeout);
}, [linkDown]);
useEffect(() => { document.documentElement.dataset.link = connection; }, [connection]);
"""

_CONNECTION = Var(_js_expr="connection", _var_type=str).guess_type()
_TEXT = Var(
    _js_expr='({online: "", reconnecting: "Reconnecting …"}[connection] ?? '
    '`Offline since ${globalThis.offlineSince ?? ""}. Changes are paused.`)',
    _var_type=str,
).guess_type()


class Pill(rx.el.Span):
    """Nothing while the socket is up; after 2 s without it a word, after 6 s since when.

    `html[data-link=offline]` lets styles and scripts pause what would change something.
    """

    def add_imports(self) -> dict[str, list[str]]:
        """React's hooks."""
        return {"react": ["useState", "useEffect"]}

    def add_hooks(self) -> list[str | Var]:
        """Watch Reflex's connection errors and the browser's own word."""
        return [Hooks.CONNECT_ERRORS, Var(_js_expr=_WATCH, _var_data=VarData(imports=Imports.CONNECT_ERRORS))]


@rx.memo
def connection_pill() -> rx.Component:
    """The pill, one per page."""
    return Pill.create(_TEXT, class_name="pill", role="status", custom_attrs={"data-connection": _CONNECTION})
