"""``RxComputeContext`` under the module name of Microsoft's tutorials."""

from ..contexts import RxComputeContext

__all__ = ["RxComputeContext"]
