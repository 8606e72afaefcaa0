"""The pretend Google Cloud: one project, in memory, behind an HTTP and a gRPC server."""
