"""Where the bot reaches Google Cloud: the real one, or one that stands on loopback."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses to use instead of Google's own.

    None means the real service with application default credentials. An address means
    no credentials and no TLS: `storage` and `monitoring` are URLs such as
    `http://127.0.0.1:4443`, `grpc` is a target such as `127.0.0.1:50051`.
    """

    storage: str | None = None
    grpc: str | None = None
    monitoring: str | None = None

    @property
    def real(self) -> bool:
        """Whether anything is asked of the real Google Cloud, so that credentials are needed."""
        return None in (self.storage, self.grpc, self.monitoring)
