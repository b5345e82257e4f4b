namespace Engine.Cluster;

/// <summary>How connections of an endpoint have fared.</summary>
/// <param name="Opened">Connections that came to be open.</param>
/// <param name="Current">Connections now, those that greet included.</param>
/// <param name="TurnedAway">Calls that were not answered, since too many others were greeting.</param>
public readonly record struct EndpointStatistics(long Opened, int Current, long TurnedAway);
