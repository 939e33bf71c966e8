"""Routes: from a model's name to who answers for it, in which protocol, at which address.

Servers that speak OpenAI's protocol are asked by a light client of our own, Ollama in its own
protocol, a command (``cli:COMMAND``) as a process; everything else goes through litellm.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from cladogen.models.model import Model
from cladogen.models.prices import shipped_row
from cladogen.models.redact import plain_key

COMMAND = "cli:"
OLLAMA = ("ollama/", "ollama_chat/")
OLLAMA_URL = "http://localhost:11434"
COMPLETIONS = "/chat/completions"
# What people copy an address with; "/models" alone may be where a server's protocol begins.
OTHER_ENDS = re.compile(r"(?<=/v1)/(?:models|completions|responses|embeddings|chat)$")


class Protocol(StrEnum):
    """How a provider is spoken to."""

    OPENAI = "openai"
    OLLAMA = "ollama"
    COMMAND = "command"
    LITELLM = "litellm"


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a model. ``provider`` is who answers, for people and for the limiter; ``name`` is
    what the model is called there; ``keys`` are environment variables, the first that is set holds
    the key.
    """

    protocol: Protocol
    provider: str
    name: str
    url: str = ""
    keys: tuple[str, ...] = ()
    own: bool = False  # a server that the user named by its address

    @property
    def key(self) -> str:
        """The key, "" where there is none."""
        held = (plain_key(os.environ.get(name, "")) for name in self.keys)
        return next(filter(None, held), "")

    def at(self, path: str) -> str:
        """Return the address of a path there; a query stays behind it."""
        base, mark, query = self.url.partition("?")
        return f"{base.rstrip('/')}{path}{mark}{query}"


# Prefix of the name: address, variables of the key. Addresses and variables are the providers' own;
# PREFIX_API_BASE in the environment names another address.
_PROVIDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "openai": ("https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    "deepseek": ("https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",)),
    "groq": ("https://api.groq.com/openai/v1", ("GROQ_API_KEY",)),
    "mistral": ("https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    "xai": ("https://api.x.ai/v1", ("XAI_API_KEY",)),
    "openrouter": ("https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY", "OR_API_KEY")),
    "together_ai": (
        "https://api.together.xyz/v1",
        ("TOGETHER_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_API_KEY"),
    ),
    "moonshot": ("https://api.moonshot.ai/v1", ("MOONSHOT_API_KEY",)),
    "dashscope": (
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        ("DASHSCOPE_API_KEY",),
    ),
    "cerebras": ("https://api.cerebras.ai/v1", ("CEREBRAS_API_KEY",)),
    "nvidia_nim": ("https://integrate.api.nvidia.com/v1", ("NVIDIA_NIM_API_KEY",)),
    "sambanova": ("https://api.sambanova.ai/v1", ("SAMBANOVA_API_KEY",)),
    "nebius": ("https://api.studio.nebius.ai/v1", ("NEBIUS_API_KEY",)),
    "novita": ("https://api.novita.ai/v3/openai", ("NOVITA_API_KEY",)),
    "deepinfra": ("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",)),
    "hyperbolic": ("https://api.hyperbolic.xyz/v1", ("HYPERBOLIC_API_KEY",)),
    "perplexity": (
        "https://api.perplexity.ai",
        ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    ),
    "zai": ("https://api.z.ai/api/paas/v4", ("ZAI_API_KEY",)),
    "vercel_ai_gateway": ("https://ai-gateway.vercel.sh/v1", ("VERCEL_AI_GATEWAY_API_KEY",)),
    "hosted_vllm": ("http://localhost:8000/v1", ("HOSTED_VLLM_API_KEY",)),
    "lm_studio": ("http://localhost:1234/v1", ("LM_STUDIO_API_KEY",)),
    "llamafile": ("http://localhost:8080/v1", ("LLAMAFILE_API_KEY",)),
    "litellm_proxy": ("http://localhost:4000/v1", ("LITELLM_PROXY_API_KEY",)),
}
KEYLESS = ("hosted_vllm", "lm_studio", "llamafile", "litellm_proxy")


def route_of(model: Model) -> Route:
    """Return the way to a model."""
    if model.name.startswith(COMMAND):
        return _to_command(model.name.removeprefix(COMMAND).strip())
    named = (model.key,) if model.key else ()
    if model.api_base:
        return _to_address(model, named)
    if model.name.startswith(OLLAMA):
        return _to_ollama(model, named)
    provider = _provider_of(model.name)
    if provider in _PROVIDERS and not _elsewhere(model.name):
        return _to_provider(model, provider, named)
    return Route(Protocol.LITELLM, provider, model.name, keys=named)


def _to_provider(model: Model, provider: str, named: tuple[str, ...]) -> Route:
    """Return the way to a provider in the table, which speaks OpenAI's protocol."""
    url, keys = _PROVIDERS[provider]
    name = model.name.removeprefix(f"{provider}/")
    return Route(Protocol.OPENAI, provider, name, _address(provider, url), named or keys)


def _to_command(command: str) -> Route:
    return Route(Protocol.COMMAND, command.split(maxsplit=1)[0] if command else "", command)


def _to_address(model: Model, named: tuple[str, ...]) -> Route:
    """Return the way to a server that the user named."""
    base, mark, query = model.api_base.strip().partition("#")[0].partition("?")
    url = _root(base) + mark + query
    host = urlsplit(url).netloc.rpartition("@")[2]
    if model.name.startswith(OLLAMA):
        name, root = model.name.partition("/")[2], ollama_root(url)
        keyed = named or ("OLLAMA_API_KEY", "OPENAI_API_KEY")
        return Route(Protocol.OLLAMA, host, name, root, keyed, True)
    return Route(Protocol.OPENAI, host, model.name, url, named or ("OPENAI_API_KEY",), True)


def _to_ollama(model: Model, named: tuple[str, ...]) -> Route:
    """Return the way to Ollama where its own variables say, else on this machine."""
    own = os.environ.get("OLLAMA_API_BASE") or os.environ.get("OLLAMA_BASE_URL")
    url = ollama_root(own or _ollama_host() or OLLAMA_URL)
    name = model.name.partition("/")[2]
    return Route(Protocol.OLLAMA, "ollama", name, url, named or ("OLLAMA_API_KEY",))


def _provider_of(name: str) -> str:
    """Return who serves a model that has no address of its own, as well as its name tells it."""
    prefix = name.partition("/")[0]
    if prefix in _PROVIDERS:
        return prefix
    return str(shipped_row(name).get("litellm_provider") or prefix)


def _elsewhere(name: str) -> bool:
    """Whether a model is not to be had by chat completions, only by a newer interface."""
    mode = shipped_row(name).get("mode", "chat")
    return mode not in ("chat", "embedding")


def _address(provider: str, usual: str) -> str:
    names = [f"{provider.upper()}_API_BASE", f"{provider.upper()}_BASE_URL"]
    found = next((os.environ[name] for name in names if os.environ.get(name)), usual)
    return _root(found)


def _root(address: str) -> str:
    """Return where OpenAI's protocol begins, for an address of any of its calls."""
    return OTHER_ENDS.sub("", address.rstrip("/").removesuffix(COMPLETIONS))


def ollama_root(url: str) -> str:
    """Return where Ollama's own protocol begins, for an address of any of its protocols."""
    plain = url.rstrip("/")
    return next(
        (plain.removesuffix(end) for end in ("/api/chat", "/api", "/v1") if plain.endswith(end)),
        plain,
    )


def _ollama_host() -> str:
    """Return the address in Ollama's own variable, read as Ollama reads it: it may be without
    scheme, name or port; one that only a server listens on is this machine.
    """
    host = os.environ.get("OLLAMA_HOST", "").strip()
    if not host:
        return ""
    scheme, given, rest = host.partition("://")
    scheme, rest = (scheme, rest) if given else ("http", host)
    name, slash, path = rest.partition("/")
    return f"{scheme}://{_name_and_port(name, '' if given else '11434')}{slash}{path}"


def _name_and_port(name: str, default: str) -> str:
    """Return a server's name with its port, ``default`` where it has none ("": none at all)."""
    head, colon, port = name.rpartition(":")
    if not colon or not port.isdigit():
        head, port = name, default
    head = "127.0.0.1" if head in ("", "0.0.0.0", "[::]", "::") else head
    return f"{head}:{port}" if port else head
