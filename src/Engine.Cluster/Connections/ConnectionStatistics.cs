namespace Engine.Cluster;

/// <summary>What has passed on a connection so far.</summary>
public readonly record struct ConnectionStatistics(long BytesSent, long BytesReceived, long FramesReceived, long BytesWaiting);
