/** The folder of this package. */
export declare const here: string
