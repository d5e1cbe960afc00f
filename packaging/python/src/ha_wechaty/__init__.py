"""HAWechaty: a team of WeChat accounts that acts as one chatbot.

``Team`` runs the gateway as a child of this process, and gives the endpoint and the token for any stock Wechaty SDK.
"""

from ._account import Account
from ._program import program
from ._team import Team
from ._words import GatewayError

__all__ = ["Account", "GatewayError", "Team", "program"]
