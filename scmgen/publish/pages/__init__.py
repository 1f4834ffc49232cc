"""What every page of scmgen shares: the frame around it, and the colours and type of ``base.css``."""
