"""The controls of a call as tools of a language model: names, descriptions, JSON schemas, and doing one.

What comes back is a sentence for the model, also when something failed: it goes on talking with the caller.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from asisso.agents.control import (
    DEFAULT_BRIEFING,
    CallControl,
    ControlFailed,
    Destination,
    ToDialplan,
    ToReferral,
    ToTelephone,
)


class Tool(BaseModel, ABC):
    """One tool: its fields are the arguments a model gives, its docstring is what the model is told."""

    model_config = ConfigDict(extra="forbid")

    @abstractmethod
    async def use(self, control: CallControl) -> str:
        """Do it, and say how it went.

        Raises:
            ControlFailed: it could not be done.
        """


class SendDigits(Tool):
    """Press keys of the telephone, for example to go through another company's menu."""

    digits: str = Field(pattern=r"^[0-9A-D*#]+$", max_length=64, description="The keys in their order.")

    async def use(self, control: CallControl) -> str:
        await control.send_digits(self.digits)
        return "The keys were sent."


class HoldCaller(Tool):
    """Let the caller hear music while you are busy; bring them back with resume_caller."""

    async def use(self, control: CallControl) -> str:
        await control.hold()
        return "The caller hears music."


class ResumeCaller(Tool):
    """Bring the caller back from hold."""

    async def use(self, control: CallControl) -> str:
        await control.resume()
        return "The caller hears you again."


class TransferCall(Tool):
    """Put the caller through to somebody. Tell the caller before; if it works, your conversation is over."""

    to: str = Field(max_length=200, description="A number such as 6001, or an endpoint such as PJSIP/6001.")
    mode: Literal["blind", "attended", "refer"] = Field(
        "blind",
        description="attended: whoever answers is briefed first, and the caller comes back if nobody does.",
    )
    briefing: str = Field("", max_length=1000, description="For attended: what to tell whoever answers.")

    async def use(self, control: CallControl) -> str:
        destination: Destination = ToReferral(self.to)
        if self.mode != "refer":
            briefing = (self.briefing or DEFAULT_BRIEFING) if self.mode == "attended" else ""
            destination = ToTelephone(self.to, briefing=briefing)
        await control.transfer(destination)
        return "The caller was put through."


class HandBackCall(Tool):
    """Give the call back to the telephone system, at an extension of its dialplan. Your conversation is over then."""

    context: str = Field(max_length=80, description="The dialplan's context, such as from-internal.")
    extension: str = Field(max_length=80, description="The extension, such as 200.")
    variables: dict[str, str] = Field(
        default={}, max_length=50, description="Channel variables to set before."
    )

    async def use(self, control: CallControl) -> str:
        await control.transfer(ToDialplan(self.context, self.extension, variables=self.variables))
        return "The telephone system has the call."


TOOLS: Final[Mapping[str, type[Tool]]] = {
    "send_digits": SendDigits,
    "hold_caller": HoldCaller,
    "resume_caller": ResumeCaller,
    "transfer_call": TransferCall,
    "hand_back_call": HandBackCall,
}


def describe_tools() -> list[dict[str, Any]]:
    """The tools as OpenAI's chat API and its many imitators take them."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": (tool.__doc__ or "").strip(),
                "parameters": tool.model_json_schema(),
            },
        }
        for name, tool in TOOLS.items()
    ]


async def use_tool(control: CallControl, name: str, arguments: Mapping[str, Any]) -> str:
    """Do what a model asks for; the answer is for the model, and never an exception."""
    tool = TOOLS.get(name)
    if tool is None:
        return f"There is no tool {name}; there are {', '.join(TOOLS)}."
    try:
        return await tool.model_validate(arguments).use(control)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return f"The arguments of {name} were wrong: {faults}."
    except ControlFailed as failed:
        again = " Trying again may help." if failed.retryable else ""
        return f"It did not work: {failed}{again}"
